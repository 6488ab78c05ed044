import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { z } from "zod";
import { UserError } from "../../submission/spec/user-error.ts";
import { parseConfig } from "../platform/config.ts";
import { planContract } from "../platform/contract.ts";
import { ownKeys } from "../platform/keys.ts";
import { CONTRACT_VERSION, type PlatformContract, platformContract } from "../platform-contract.ts";

/** The output of the platform's stack that teams build on. */
const OUTPUT = "forTeams";

/** @throws UserError when the platform's stack has nothing to build on, or something else than this checkout builds on */
export async function readPlatform(reference: string): Promise<PlatformContract> {
  await refuseMissing(reference);
  const { value } = await new pulumi.StackReference(reference).getOutputDetails(OUTPUT);
  return readContract(reference, value);
}

/** A reference to a stack that is not there ends the program before it can say what to do: so it is asked about first. */
async function refuseMissing(reference: string): Promise<void> {
  try {
    await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", { name: reference });
  } catch (error) {
    if (!String(error).includes("unknown stack")) throw error;
    throw new UserError(
      `There is no stack ${reference}: the platform was not applied yet, or \`platform\` names another.`,
      {
        hint: `${howToApply(reference)}\nA preview without it: ORCH_PLATFORM=planned takes the platform as this checkout's configuration plans it.`,
      },
    );
  }
}

const howToApply = (reference: string) =>
  `Apply the platform of this checkout first: pulumi up --stack ${reference.split("/").at(-1)}, in the checkout's own folder.`;

/** @throws UserError */
export function readContract(reference: string, value: unknown): PlatformContract {
  const apply = howToApply(reference);
  if (value === undefined || value === null)
    throw new UserError(
      `The platform ${reference} has no output ${OUTPUT}: it was not applied yet, or by an older checkout.`,
      {
        hint: apply,
      },
    );
  const found = z.looseObject({ version: z.number() }).safeParse(value);
  if (found.success && found.data.version > CONTRACT_VERSION)
    throw new UserError(
      `The platform ${reference} was applied by a newer checkout: its teams' contract is version ${found.data.version}, this one knows ${CONTRACT_VERSION}.`,
      { hint: "Update this checkout." },
    );
  const contract = platformContract.safeParse(value);
  if (contract.success) return contract.data;
  throw new UserError(
    `The platform ${reference} was applied by an older checkout; what it gives to teams is not what this one builds on:\n${z.prettifyError(contract.error)}`,
    { hint: apply },
  );
}

/** In place of what is not known before the platform exists. */
const NOT_KNOWN_YET = "not-known-yet";

/** The platform as the configuration in this checkout plans it, whether it is applied or not: for previews. */
export function plannedPlatform(reference: string, checkout: string): PlatformContract {
  const environment = reference.split("/").at(-1) ?? "";
  const file: { config: Record<string, unknown> } = parse(
    readFileSync(join(checkout, `Pulumi.${environment}.yaml`), "utf8"),
  );
  const config = parseConfig(ownKeys(file.config));
  const contract = planContract(environment, config);
  if (contract.artifacts === undefined || config.cluster.kind !== "eks") return contract;
  const { account } = config.cluster;
  return { ...contract, artifactsKeyArn: `arn:aws:kms:${config.region}:${account}:key/${NOT_KNOWN_YET}` };
}
