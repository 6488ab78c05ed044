import { expect, inject, test } from "vitest";
import { asYaml, customResources } from "./custom-resources.ts";
import { type Environment, firstPreview, type Planned } from "./platform-preview.ts";
import { teamPreview, teamsOf } from "./team-preview.ts";

// A real API server judges these files: test/cluster/custom-resources.test.ts. After a change both have to run.
const GOLDEN = new URL("../golden/custom-resources/", import.meta.url).pathname;

const dev = await ofEnvironment("dev");
const prod = await ofEnvironment("prod");

/** Of the platform and of its teams. The days of a team's approval are those of the test. */
async function ofEnvironment(environment: Environment) {
  const folder = inject("previews");
  const { resources } = await firstPreview(environment, folder);
  const teams: Planned[] = [];
  for (const stack of teamsOf(environment)) teams.push(...(await teamPreview(environment, stack, folder)).resources);
  const all = customResources([...resources, ...teams]);
  return all.map((object): typeof object =>
    JSON.parse(JSON.stringify(object).replaceAll(/"\d{4}-\d{2}-\d{2}"/g, '"a day"')),
  );
}

test("prod creates the custom resources that an API server was asked about", async () => {
  await expect(asYaml(prod)).toMatchFileSnapshot(`${GOLDEN}prod.yaml`);
});

test("dev does too: those that are not the same in prod stand here", async () => {
  const same = new Set(prod.map((object) => JSON.stringify(object)));
  await expect(asYaml(dev.filter((object) => !same.has(JSON.stringify(object))))).toMatchFileSnapshot(
    `${GOLDEN}dev.yaml`,
  );
});
