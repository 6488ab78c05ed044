import { z } from "zod";
import { knownAt } from "../../verdict/known.ts";
import { belongsTo, kindOf, type Resource } from "../../verdict/resource.ts";
import { stackRule } from "../../verdict/rule.ts";

export const nodesReadNoArtifacts = stackRule({
  name: "nodes-read-no-artifacts",
  description: "The role of a machine lets it join the cluster and pull images, and nothing else.",
  why: "every pod on a node can ask for the node's role: what it may read, everybody's programs may read.",
  fix: "give the right to the service account that needs it (components/cluster's PodRole), not to the node.",
  settings: z.strictObject({
    /** Policies of AWS, by name, that a machine's role may have. */
    policies: z
      .array(z.string())
      .default([
        "AmazonEKSWorkerNodePolicy",
        "AmazonEC2ContainerRegistryPullOnly",
        "AmazonEC2ContainerRegistryReadOnly",
        "AmazonEKS_CNI_Policy",
        "AmazonSSMManagedInstanceCore",
      ]),
  }),
  applies: (resource) => kindOf(resource) === "aws:iam/Role" && isOfMachines(resource),
  check: (role, { policies }, stack) =>
    stack
      .filter((one) => belongsTo(one, "role", role))
      .flatMap((one) => {
        switch (kindOf(one)) {
          case "aws:iam/RolePolicy":
            return [`is the role of machines and has rights of its own by ${one.name}`];
          case "aws:iam/RolePolicyAttachment": {
            const name = String(knownAt(one.props, "policyArn")).split("/").at(-1) ?? "";
            return policies.includes(name) ? [] : [`is the role of machines and may do all that ${name} allows`];
          }
          default:
            return [];
        }
      }),
});

/** Whether EC2 takes the role on. */
function isOfMachines({ props }: Resource): boolean {
  const trust = props.assumeRolePolicy;
  // A trust that is not known may be that of machines: then it is looked at.
  return typeof trust !== "string" || /"ec2\.amazonaws\.com(\.cn)?"/.test(trust);
}
