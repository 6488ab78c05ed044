import type * as pulumi from "@pulumi/pulumi";

/** One permission: named actions on named resources. */
export interface Permission {
  readonly actions: readonly [string, ...string[]];
  /** ARNs. `*` only where AWS knows no resource for the action (`Describe*`, `List*`), or where a condition narrows it. */
  readonly resources: readonly [pulumi.Input<string>, ...pulumi.Input<string>[]];
  /** IAM conditions, as the policy language writes them. */
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, pulumi.Input<string | string[]>>>>>;
}

/**
 * The IAM policy document of the permissions.
 *
 * @param owner begins the message of an error, e.g. `The role loki`
 * @throws Error naming every permission that is too wide
 */
export function planPolicy(permissions: readonly Permission[], owner = "A policy") {
  const problems = findPermissionProblems(permissions);
  if (problems.length > 0) throw new Error(`${owner} allows too much:\n${problems.join("\n")}`);
  return {
    Version: "2012-10-17",
    Statement: permissions.map(({ actions, resources, conditions }) => ({
      Effect: "Allow",
      Action: [...actions],
      Resource: [...resources],
      ...(conditions === undefined ? {} : { Condition: conditions }),
    })),
  };
}

/** What is too wide in the permissions, a line for each; none if they are right. */
export const findPermissionProblems = (permissions: readonly Permission[]): string[] => permissions.flatMap(tooWide);

/** `service:Action`; a `*` may end the action, never stand for the service. */
const ACTION = /^([a-z0-9-]+):([A-Za-z0-9]*\*?)$/;
/** Everything there is, or everything of one service. */
const EVERYTHING = /^(\*|arn:aws[a-z-]*:[a-z0-9-]+:[^:]*:[^:]*:\*)$/;
/** What may be asked about every resource: it shows what there is, and none of the data. */
const LOOKS = /^(Describe|List)/;
/** The same by another name. */
const LOOKS_TOO: readonly string[] = [
  "cloudwatch:GetMetricData",
  "ec2:GetInstanceTypesFromInstanceRequirements",
  "ecr:GetAuthorizationToken",
  "pricing:GetProducts",
  "sts:GetCallerIdentity",
];

function tooWide({ actions, resources, conditions }: Permission): string[] {
  const everywhere = resources.some((resource) => typeof resource === "string" && EVERYTHING.test(resource));
  const narrowed = conditions !== undefined && Object.keys(conditions).length > 0;
  return actions.flatMap((action) => {
    const problem = problemOf(action, everywhere, narrowed);
    return problem === undefined ? [] : [`  ${action} ${problem}`];
  });
}

function problemOf(action: string, everywhere: boolean, narrowed: boolean): string | undefined {
  const [, service, verb = ""] = ACTION.exec(action) ?? [];
  if (service === undefined) return "is no action: write service:Action, e.g. s3:GetObject";
  if (verb === "*") return `is every action of ${service}: list those that are needed`;
  if (!everywhere) return undefined;
  if (verb.endsWith("*")) return "is a wildcard on every resource: list the actions, or name the resources";
  if (LOOKS.test(verb) || LOOKS_TOO.includes(action) || narrowed) return undefined;
  return "is allowed on every resource: name the resources, or add a condition";
}
