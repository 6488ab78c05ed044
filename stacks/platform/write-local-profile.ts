#!/usr/bin/env node
import { writeFileSync } from "node:fs";
import { profileText } from "../../components/workflow/index.ts";
import { plannedProfile } from "../team/planned-profile.ts";

/**
 * Writes the profile of `local` where the CLI finds it without a cluster; run it, and `npm run format`, after a change of
 * Pulumi.local.yaml or of its teams' files.
 */
writeFileSync(
  new URL("../../submission/spec/profiles/local.json", import.meta.url),
  profileText(plannedProfile("local")),
);
