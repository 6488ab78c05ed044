import { isProps, knownAt, NotDecided, UNKNOWN, valueAt } from "../verdict/known.ts";
import { textsAt } from "../verdict/resource.ts";
import { Unreadable } from "../verdict/rule.ts";

/** What an IAM policy allows, statement by statement. A resource may be one that is not known yet. */
export interface Grant {
  readonly actions: readonly string[];
  readonly resources: readonly (string | typeof UNKNOWN)[];
  readonly narrowed: boolean;
}

/**
 * What the text of a policy allows.
 *
 * @throws Unreadable where it is no policy
 */
export function grantsOf(text: string): Grant[] {
  const document = parsed(text);
  const statements = valueAt(document, "Statement");
  const list = Array.isArray(statements) ? statements : [statements];
  return list.filter((statement) => valueAt(statement, "Effect") === "Allow").map(grantOf);
}

function parsed(text: string): unknown {
  try {
    const document: unknown = JSON.parse(text);
    if (isProps(document) && document.Statement !== undefined) return document;
  } catch {
    // Said below.
  }
  throw new Unreadable(["has a policy that is no JSON of an IAM policy"]);
}

/** What is left out is everything else: `NotAction` and `NotResource` count as everything. */
const grantOf = (statement: unknown): Grant => ({
  actions: valueAt(statement, "NotAction") === undefined ? textsAt(statement, "Action") : ["*"],
  resources: valueAt(statement, "NotResource") === undefined ? textsAt(statement, "Resource") : ["*"],
  narrowed: Object.keys(knownObject(statement, "Condition")).length > 0,
});

/**
 * What a component has registered of the rights that it gives: `permissions`, each with actions and resources.
 *
 * @returns undefined where it has registered none
 * @throws NotDecided where an action is not known
 */
export function registeredGrants(outputs: unknown): Grant[] | undefined {
  const permissions = knownAt(outputs, "permissions");
  if (!Array.isArray(permissions)) return undefined;
  return permissions.map((permission) => {
    const resources = knownAt(permission, "resources");
    const actions = knownAt(permission, "actions");
    if (!Array.isArray(resources) || !Array.isArray(actions)) throw new NotDecided("what it allows");
    return {
      actions: actions.map((action) => {
        if (typeof action !== "string") throw new NotDecided("an action");
        return action;
      }),
      resources: resources.map((resource) => (typeof resource === "string" ? resource : UNKNOWN)),
      narrowed: Object.keys(knownObject(permission, "conditions")).length > 0,
    };
  });
}

function knownObject(from: unknown, field: string): object {
  const value = valueAt(from, field);
  // What is not known narrows nothing.
  return isProps(value) ? value : {};
}

/** Everything there is, or everything of one service. */
const EVERYTHING = /^(\*|arn:aws[a-z-]*:[a-z0-9-]+:[^:]*:[^:]*:\*)$/;
/** Shows what there is, and none of the data. */
const LOOKS = /^[a-z0-9-]+:(Describe|List)/;

/**
 * What is too wide in it.
 *
 * @throws NotDecided where that depends on a resource that is not known
 */
export function tooWide({ actions, resources, narrowed }: Grant): string[] {
  return actions.flatMap((action) => {
    if (action === "*" || action === "*:*") return ["allows every action"];
    const [service, verb = ""] = action.split(":");
    if (/^\*+$/.test(verb)) return [`allows every action of ${service} (${action})`];
    if (!/[*?]/.test(verb) || LOOKS.test(action) || narrowed) return [];
    if (resources.some((resource) => resource !== UNKNOWN && EVERYTHING.test(resource)))
      return [`allows ${action} on every resource`];
    if (resources.includes(UNKNOWN)) throw new NotDecided(`the resource that ${action} is allowed on`);
    return [];
  });
}
