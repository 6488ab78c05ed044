/** Whether a range of addresses is the whole Internet. */
export const isEverywhere = (cidr: unknown): boolean =>
  typeof cidr === "string" && /^(0\.0\.0\.0|[0:]*::[0:]*)\/0+$/.test(cidr.trim());
