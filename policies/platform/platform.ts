import { PolicyPack } from "@pulumi/policy";
import { toPolicy } from "../verdict/pack.ts";
import * as rules from "./rules/index.ts";

new PolicyPack("platform", { policies: Object.values(rules).map(toPolicy) });
