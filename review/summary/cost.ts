import type { ResourceChange } from "../change/changes.ts";
import type { CostDifference } from "../cost/difference.ts";
import { PRICES } from "../cost/prices.ts";
import type { Markdown } from "./markdown.ts";

/** Lines of each list; the rest is counted. */
const LISTED = 12;

/** Says what is known and names what is not. */
export function renderCost({ usd, items, unknown }: CostDifference, md: Markdown): string {
  const basis = `list prices of ${PRICES.region}, ${PRICES.asOf}, without jobs, traffic and discounts`;
  const known = items.length === 0 ? "no difference that is known" : `**${dollars(usd)}** (${basis})`;
  const parts = items.map(({ change, usd }) => `${label(change, md)} ${dollars(usd)}`);
  const open = unknown.map(({ change, why }) => `${label(change, md)} (${md.text(why)})`);
  return [
    `Cost a month: ${known}.`,
    ...(items.length > 1 ? [`${some(parts)}.`] : []),
    ...(open.length > 0 ? [`Unknown: ${some(open)}.`] : []),
  ].join(" ");
}

const label = ({ type, name }: ResourceChange, md: Markdown): string =>
  md.code(`${type.split(":").at(-1) ?? type} ${name}`);

const some = (entries: readonly string[]): string => {
  const more = entries.length - LISTED;
  return [...entries.slice(0, LISTED), ...(more > 0 ? [`and ${more} more`] : [])].join(", ");
};

/** `+USD 36.50`, `-USD 1,129.28`. */
function dollars(usd: number): string {
  const amount = Math.abs(usd).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  return `${usd < 0 ? "-" : "+"}USD ${amount}`;
}
