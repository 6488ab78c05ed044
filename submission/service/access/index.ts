/** Who calls and what they may do. */
export { type Access, SUBMISSIONS, type Verb } from "./access.ts";
export { KubernetesAccess, type KubernetesAccessOptions } from "./kubernetes-access.ts";
export { OpenAccess } from "./open-access.ts";
