import { expect, inject, test } from "vitest";
import { asYaml, customResources } from "./custom-resources.ts";
import { firstPreview } from "./platform-preview.ts";

// A real API server judges these files: test/cluster/custom-resources.test.ts. After a change both have to run.
const GOLDEN = new URL("../golden/custom-resources/", import.meta.url).pathname;

const dev = customResources((await firstPreview("dev", inject("previews"))).resources);
const prod = customResources((await firstPreview("prod", inject("previews"))).resources);

test("prod creates the custom resources that an API server was asked about", async () => {
  await expect(asYaml(prod)).toMatchFileSnapshot(`${GOLDEN}prod.yaml`);
});

test("dev does too: those that are not the same in prod stand here", async () => {
  const same = new Set(prod.map((object) => JSON.stringify(object)));
  await expect(asYaml(dev.filter((object) => !same.has(JSON.stringify(object))))).toMatchFileSnapshot(
    `${GOLDEN}dev.yaml`,
  );
});
