import { servePack } from "../verdict/analyzer/serve.ts";
import about from "./package.json" with { type: "json" };
import * as rules from "./rules/index.ts";

servePack({ name: "promotion", version: about.version }, Object.values(rules));
