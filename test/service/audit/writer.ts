import { openEmbeddedAuditLog, openServerAuditLog } from "../../../submission/service/audit/index.ts";
import { accepted, happened, submission } from "./submissions.ts";

/** Started by tests: writes as many submissions as it is told, eight at a time, names each when it is promised, and stays. */
const [place = "", count = "", name = "sub"] = process.argv.slice(2);
const log = place.startsWith("http")
  ? openServerAuditLog({ address: place, username: "audit_writer", password: "" })
  : await openEmbeddedAuditLog(place);
const last = count === "forever" ? Number.POSITIVE_INFINITY : Number(count);
let next = 0;

async function write(): Promise<void> {
  while (next < last) {
    const id = `${name}-${next++}`;
    await log.open(submission(id), accepted());
    await log.append(id, [happened("dispatched")]);
    process.stdout.write(`${id}\n`);
  }
}

await Promise.all(Array.from({ length: 8 }, write));
process.stdin.resume();
