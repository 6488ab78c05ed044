import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { PlatformProfile, PublishedTeam } from "../../submission/spec/profile.ts";
import type { Cluster } from "../cluster/index.ts";
import { MANAGED_BY } from "../security/index.ts";
import { PROFILE_CONFIG_MAP, PROFILE_KEY, PROFILE_LABEL } from "./constants.ts";

export interface PublishedProfileArgs {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly profile: PlatformProfile;
}

/** The PlatformProfile where the submission service reads it. */
export class PublishedProfile extends pulumi.ComponentResource {
  readonly configMap: k8s.core.v1.ConfigMap;

  constructor(name: string, args: PublishedProfileArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:workflow:PublishedProfile", name, {}, opts);
    this.configMap = new k8s.core.v1.ConfigMap(
      name,
      {
        metadata: {
          name: PROFILE_CONFIG_MAP,
          namespace: args.namespace,
          labels: { ...MANAGED_BY, [PROFILE_LABEL]: "platform" },
        },
        data: { [PROFILE_KEY]: profileText(args.profile) },
      },
      { parent: this, provider: args.cluster.provider },
    );
    this.registerOutputs({ configMap: this.configMap.metadata.name });
  }
}

/** The profile as a file: indented, so that a change of one value is a change of one line. */
export const profileText = (profile: PlatformProfile | PublishedTeam) => `${JSON.stringify(profile, undefined, 2)}\n`;
