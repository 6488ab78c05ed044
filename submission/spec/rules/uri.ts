import { type Findings, type Path, show } from "../findings.ts";
import { URI } from "../values/names.ts";

export function reportUri(value: string, path: Path, findings: Findings): void {
  if (URI.test(value)) return;
  findings.add("value/uri", path, `${show(value)} is no URI such as s3://bucket/path.`, {
    suggestion: value.includes("://")
      ? "Percent-encode what a URI cannot hold."
      : `Write the scheme: did you mean s3://${value.replace(/^\/+/, "")}?`,
  });
}
