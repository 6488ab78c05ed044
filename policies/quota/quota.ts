import { PolicyPack } from "@pulumi/policy";
import { toPolicy } from "../verdict/pack.ts";
import * as rules from "./rules/index.ts";

new PolicyPack("quota", { policies: Object.values(rules).map(toPolicy) });
