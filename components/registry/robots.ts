import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "../cluster/index.ts";
import { MANAGED_BY, PlatformSecret, type SecretStoreAccess } from "../security/index.ts";
import { task } from "../system/index.ts";
import { HARBOR_NAMESPACE } from "./constants.ts";

/** What a robot may do, in every project. */
export const ROBOTS = {
  /** Nodes and jobs. */
  pull: ["pull"],
  /** Builds. */
  push: ["pull", "push"],
} as const;
export type Robot = keyof typeof ROBOTS;

/** Secret with `username` and `password` of a robot, in Harbor's namespace; Vault keeps it at `harbor/harbor-robot-<name>`. */
export const robotSecret = (robot: Robot) => `harbor-robot-${robot}`;

const CURL_IMAGE = "curlimages/curl:8.20.0";
/** User `curl_user` of the image. */
const CURL_USER = 100;

/** A robot's account as Harbor's API wants it. */
export const planRobot = (robot: Robot) => ({
  name: robot,
  description: "Managed by the platform stack",
  level: "system",
  // Days; it never ends, its secret is replaced.
  duration: -1,
  disable: false,
  permissions: [
    {
      kind: "project",
      namespace: "*",
      access: ROBOTS[robot].map((action) => ({ resource: "repository", action })),
    },
  ],
});

/**
 * A shell script that brings Harbor to its robots from whatever state it is in: each is made if it is missing, and given the
 * password that Vault holds. Harbor's own is never read.
 */
export const ROBOTS_SCRIPT = `set -eu
api="$HARBOR_API"
call() {
  curl --silent --show-error --fail-with-body --retry 10 --retry-all-errors --retry-delay 5 --cacert /tls/ca.crt \\
    --user "admin:$ADMIN_PASSWORD" --header 'Content-Type: application/json' "$@"
}
find_robot() { call "$api/robots?q=name%3D$1" | grep -o '"id":[0-9]*' | head -n 1 | cut -d : -f 2; }
for robot in ${Object.keys(ROBOTS).join(" ")}; do
  id=$(find_robot "$robot" || true)
  if [ -z "$id" ]; then
    call --request POST --data "@/task/$robot.json" --output /dev/null "$api/robots"
    id=$(find_robot "$robot")
  fi
  eval "password=\\$PASSWORD_$robot"
  printf '{"secret":"%s"}' "$password" | call --request PATCH --data @- --output /dev/null "$api/robots/$id"
done
`;

export interface RobotsArgs {
  readonly cluster: Cluster;
  readonly secrets: SecretStoreAccess;
  /** Secret with `HARBOR_ADMIN_PASSWORD`. */
  readonly adminSecret: string;
  /** Secret with the `ca.crt` by which Harbor's core is known. */
  readonly tlsSecret: string;
}

/** Accounts for machines; what they log in with is kept where all passwords are. */
export class Robots extends pulumi.ComponentResource {
  readonly ready: pulumi.Resource[];

  constructor(name: string, args: RobotsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:registry:Robots", name, {}, opts);
    const robots = Object.keys(ROBOTS) as Robot[];
    const secrets = robots.map(
      (robot) =>
        new PlatformSecret(
          `${name}-${robot}`,
          {
            cluster: args.cluster,
            store: args.secrets,
            namespace: HARBOR_NAMESPACE,
            secretName: robotSecret(robot),
            data: { username: `robot$${robot}`, password: "generated" },
          },
          { parent: this },
        ),
    );
    this.ready = [
      task(
        name,
        {
          namespace: HARBOR_NAMESPACE,
          name: "harbor-robots",
          labels: MANAGED_BY,
          image: CURL_IMAGE,
          user: CURL_USER,
          command: ["sh", "/task/robots.sh"],
          files: {
            "robots.sh": ROBOTS_SCRIPT,
            ...Object.fromEntries(robots.map((robot) => [`${robot}.json`, JSON.stringify(planRobot(robot))])),
          },
          env: { HARBOR_API: "https://harbor-core/api/v2.0" },
          secretEnv: {
            ADMIN_PASSWORD: { secret: args.adminSecret, key: "HARBOR_ADMIN_PASSWORD" },
            ...Object.fromEntries(
              robots.map((robot) => [`PASSWORD_${robot}`, { secret: robotSecret(robot), key: "password" }]),
            ),
          },
          secretFolders: { "/tls": args.tlsSecret },
        },
        { parent: this, provider: args.cluster.provider, dependsOn: secrets.flatMap(({ ready }) => ready) },
      ),
    ];
    this.registerOutputs({ robots });
  }
}
