import { UNKNOWN } from "../../../policies/verdict/known.ts";
import type { Resource } from "../../../policies/verdict/resource.ts";
import { change } from "./platform-fixture.ts";

/** One thing that is changed in the right stack, and what is said of it. */
export interface Case {
  readonly title: string;
  readonly changed: Resource;
  /** Part of the message. */
  readonly says: string;
}
export interface Cases {
  readonly wrong: readonly Case[];
  /** What a preview does not know yet; or why there is nothing that it might not know. */
  readonly unknown: readonly Case[] | string;
}

export const wrong = (title: string, changed: Resource, says: string): Case => ({ title, changed, says });
export const unknown = (one: Resource, ...paths: readonly string[]): Case[] =>
  paths.map((path) => ({
    title: `${path} of ${one.type}`,
    changed: change(one, path, UNKNOWN),
    says: "is not known before the update",
  }));
