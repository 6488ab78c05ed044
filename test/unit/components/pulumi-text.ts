/** Values as text, with an output's place marked: what a test looks for must not hide in one. */
export const pulumiText = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && "__pulumiOutput" in inner ? "<output>" : inner,
  );
