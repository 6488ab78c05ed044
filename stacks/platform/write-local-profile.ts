#!/usr/bin/env node
import { readFileSync, writeFileSync } from "node:fs";
import { parse } from "yaml";
import { profileText } from "../../components/workflow/index.ts";
import { parseConfig } from "./config.ts";
import { ownKeys } from "./keys.ts";
import { planProfile } from "./profile.ts";

/** Writes the profile of `local` where the CLI finds it without a cluster; run it, and `npm run format`, after a change of Pulumi.local.yaml. */
const at = (path: string) => new URL(`../../${path}`, import.meta.url);

const stackFile: { config: Record<string, unknown> } = parse(readFileSync(at("Pulumi.local.yaml"), "utf8"));
const profile = planProfile("local", parseConfig(ownKeys(stackFile.config)));
writeFileSync(at("submission/spec/profiles/local.json"), profileText(profile));
