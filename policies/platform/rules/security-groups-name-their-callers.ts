import { z } from "zod";
import { knownAt, knownListAt } from "../../verdict/known.ts";
import { kindOf, ofKind, type Resource } from "../../verdict/resource.ts";
import { resourceRule } from "../../verdict/rule.ts";
import { isEverywhere } from "../reach.ts";

const LISTS = ["aws:ec2/SecurityGroup", "aws:ec2/DefaultSecurityGroup"];

export const securityGroupsNameTheirCallers = resourceRule({
  name: "security-groups-name-their-callers",
  description: "A security group lets in addresses or groups that it names, never everybody.",
  why: "a security group is the last thing between a mistake in routing and the Internet.",
  fix: "name the network's own range, or the security group of the callers.",
  settings: z.strictObject({}),
  applies: ofKind(...LISTS, "aws:vpc/SecurityGroupIngressRule", "aws:ec2/SecurityGroupRule"),
  check: (resource) =>
    callersOf(resource)
      .filter(isEverywhere)
      .map((cidr) => `lets in everybody (${String(cidr)})`),
});

function callersOf(resource: Resource): unknown[] {
  const { props } = resource;
  const kind = kindOf(resource);
  if (kind === "aws:vpc/SecurityGroupIngressRule") return [knownAt(props, "cidrIpv4"), knownAt(props, "cidrIpv6")];
  if (kind === "aws:ec2/SecurityGroupRule") return knownAt(props, "type") === "ingress" ? blocks(props) : [];
  return knownListAt(props, "ingress").flatMap(blocks);
}

const blocks = (rule: unknown): unknown[] =>
  ["cidrBlocks", "ipv6CidrBlocks"].flatMap((field) => knownListAt(rule, field));
