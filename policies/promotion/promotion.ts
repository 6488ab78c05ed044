import { PolicyPack } from "@pulumi/policy";
import { toPolicy } from "../verdict/pack.ts";
import * as rules from "./rules/index.ts";

new PolicyPack("promotion", { policies: Object.values(rules).map(toPolicy) });
