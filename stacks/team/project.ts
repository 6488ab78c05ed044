/** Names of the project and of what it refers to. No imports here. */

/** The project's name, which is also the prefix of its configuration keys. */
export const PROJECT = "team";

/** The platform's stack of an environment where the state is a file or a bucket. */
export const platformReference = (environment: string) => `organization/orchestration-layer/${environment}`;
