import { gvkOfToken } from "../../local/provider/kubernetes/object.ts";
import { replacementPaths } from "../../local/provider/kubernetes/replacement.ts";
import type { PropertyPath } from "./property-paths.ts";

/**
 * What AWS does not change in place, for the types of the platform whose replacement loses something: data, addresses, nodes. A
 * preview against the state asks the provider, which knows all; this is for a preview without.
 */
const AWS: Readonly<Record<string, readonly string[]>> = {
  "aws:ec2/vpc:Vpc": ["cidrBlock", "instanceTenancy"],
  "aws:ec2/subnet:Subnet": ["vpcId", "cidrBlock", "availabilityZone"],
  "aws:ec2/natGateway:NatGateway": ["allocationId", "subnetId", "connectivityType"],
  "aws:ec2/securityGroup:SecurityGroup": ["name", "namePrefix", "description", "vpcId"],
  "aws:ec2/vpcEndpoint:VpcEndpoint": ["vpcId", "serviceName", "vpcEndpointType"],
  "aws:eks/cluster:Cluster": ["name", "roleArn", "kubernetesNetworkConfig", "bootstrapSelfManagedAddons"],
  "aws:eks/nodeGroup:NodeGroup": [
    ...["clusterName", "nodeGroupName", "nodeGroupNamePrefix", "nodeRoleArn", "subnetIds"],
    ...["amiType", "capacityType", "diskSize", "instanceTypes"],
  ],
  "aws:eks/addon:Addon": ["addonName", "clusterName"],
  "aws:iam/role:Role": ["name", "namePrefix", "path"],
  "aws:kms/key:Key": ["customerMasterKeySpec", "keyUsage", "multiRegion"],
  "aws:rds/instance:Instance": ["engine", "username", "kmsKeyId", "storageEncrypted", "availabilityZone", "dbName"],
  "aws:rds/subnetGroup:SubnetGroup": ["name", "namePrefix"],
  "aws:s3/bucket:Bucket": ["bucket", "bucketPrefix", "objectLockEnabled"],
};

/** As the platform's clusters are set: `PROVIDER_SETTINGS` in components/cluster. */
const MUTABLE = { configMaps: true, secrets: true };

/** Whether a change at these paths is known to take a new resource in place of the old one. */
export function replaces(type: string, changed: readonly PropertyPath[]): boolean {
  const fixed: readonly PropertyPath[] = type.startsWith("kubernetes:")
    ? replacementPaths(gvkOfToken(type), false, MUTABLE)
    : (AWS[type] ?? []).map((property) => [property]);
  return changed.some((path) => fixed.some((one) => one.every((segment, index) => path[index] === segment)));
}
