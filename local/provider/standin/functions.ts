import { isMap, type PropertyMap, type PropertyValue, reveal } from "../protocol/values.ts";
import { NOT_KNOWN_YET } from "./not-known-yet.ts";

/** What a function is asked with. */
interface Question {
  args: PropertyMap;
  /** Configuration of the provider, e.g. its region. */
  config: PropertyMap;
}

const ACCOUNT = "123456789012";

/**
 * Answers of functions that a preview needs. They are invented, the same in every run, and recognisable: the account is
 * the one of AWS's own documentation. A function that is not here is refused.
 */
export const ANSWERS: Record<string, (question: Question) => PropertyMap> = {
  "aws:index/getCallerIdentity:getCallerIdentity": () => ({
    id: ACCOUNT,
    accountId: ACCOUNT,
    arn: `arn:aws:iam::${ACCOUNT}:user/stand-in`,
    userId: "AIDASTANDIN",
  }),
  "aws:index/getPartition:getPartition": () => ({
    id: "aws",
    partition: "aws",
    dnsSuffix: "amazonaws.com",
    reverseDnsPrefix: "com.amazonaws",
  }),
  "aws:index/getRegion:getRegion": ({ args, config }) => {
    const region = regionOf(args, config);
    return { id: region, name: region, region, description: region, endpoint: `ec2.${region}.amazonaws.com` };
  },
  "aws:index/getAvailabilityZones:getAvailabilityZones": ({ args, config }) => {
    const region = regionOf(args, config);
    const letters = ["a", "b", "c"];
    return {
      id: region,
      region,
      names: letters.map((letter) => `${region}${letter}`),
      zoneIds: letters.map((_, index) => `${region}-az${index + 1}`),
      groupNames: [region],
    };
  },
  "aws:index/getServicePrincipal:getServicePrincipal": ({ args, config }) => {
    const service = String(reveal(args.serviceName ?? null));
    const region = regionOf(args, config);
    return {
      id: `${service}.${region}.amazonaws.com`,
      name: `${service}.amazonaws.com`,
      region,
      serviceName: service,
      suffix: "amazonaws.com",
    };
  },
  // A cluster that is reached at this address is previewed only. The engine takes no unknown value for an answer.
  "aws:eks/getCluster:getCluster": ({ args, config }) => ({
    id: reveal(args.name ?? null),
    name: reveal(args.name ?? null),
    region: regionOf(args, config),
    endpoint: NOT_KNOWN_YET,
    certificateAuthorities: [{ data: NOT_KNOWN_YET }],
  }),
  "aws:iam/getPolicyDocument:getPolicyDocument": ({ args }) => {
    const json = JSON.stringify(policyDocument(args), null, 2);
    return { ...args, id: "policy", json, minifiedJson: JSON.stringify(JSON.parse(json)) };
  },
};

function regionOf(args: PropertyMap, config: PropertyMap): string {
  const region = reveal(args.region ?? config.region ?? null);
  return typeof region === "string" ? region : "us-east-1";
}

/** The only answer that is not invented: a policy document is a matter of form. */
function policyDocument(args: PropertyMap) {
  const list = (value: PropertyValue | undefined): PropertyValue[] => (Array.isArray(value) ? value : []);
  const oneOrMore = (value: PropertyValue | undefined) => {
    const items = list(value);
    return items.length === 0 ? undefined : items.length === 1 ? items[0] : items;
  };
  const parties = (value: PropertyValue | undefined) => {
    const entries = list(value).filter(isMap);
    if (entries.length === 0) return undefined;
    if (entries.some((entry) => entry.type === "*")) return "*";
    return Object.fromEntries(entries.map((entry) => [String(entry.type), oneOrMore(entry.identifiers)]));
  };
  const conditions = (value: PropertyValue | undefined) => {
    const result: Record<string, Record<string, PropertyValue | undefined>> = {};
    for (const entry of list(value).filter(isMap))
      result[String(entry.test)] = { ...result[String(entry.test)], [String(entry.variable)]: oneOrMore(entry.values) };
    return Object.keys(result).length === 0 ? undefined : result;
  };
  return {
    Version: args.version ?? "2012-10-17",
    ...(args.policyId === undefined ? {} : { Id: args.policyId }),
    Statement: list(reveal(args.statements ?? null))
      .filter(isMap)
      .map((statement) => ({
        Sid: statement.sid ?? undefined,
        Effect: statement.effect ?? "Allow",
        Principal: parties(statement.principals),
        NotPrincipal: parties(statement.notPrincipals),
        Action: oneOrMore(statement.actions),
        NotAction: oneOrMore(statement.notActions),
        Resource: oneOrMore(statement.resources),
        NotResource: oneOrMore(statement.notResources),
        Condition: conditions(statement.conditions),
      })),
  };
}
