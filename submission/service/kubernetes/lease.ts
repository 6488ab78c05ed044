import { CoordinationV1Api, type V1Lease, V1MicroTime } from "@kubernetes/client-node";
import type { Lease, LeaseTerms } from "../election/lease.ts";
import { Unavailable } from "../unavailable.ts";
import { failure } from "./answer.ts";
import { httpStatus } from "./api-errors.ts";
import type { Connection } from "./connection.ts";

export interface LeasePlace {
  readonly namespace: string;
  readonly name: string;
}

/** How long one request may take, milliseconds: less than what is left of a lease when it is renewed. */
const REQUEST_MILLIS = 4_000;

/** A `coordination.k8s.io/v1` Lease that stands already: whoever may take it in turns need not be able to make others. */
export class KubernetesLease implements Lease<V1Lease> {
  readonly #api: CoordinationV1Api;
  readonly #connection: Connection;
  readonly #place: LeasePlace;

  constructor(connection: Connection, place: LeasePlace) {
    this.#api = connection.kubeConfig.makeApiClient(CoordinationV1Api);
    this.#connection = connection;
    this.#place = place;
  }

  async read() {
    try {
      return held(await this.#api.readNamespacedLease(this.#place, this.#request()));
    } catch (error) {
      const { namespace, name } = this.#place;
      if (httpStatus(error) !== 404) throw failure(error, `read Lease ${namespace}/${name}`);
      throw new Unavailable(
        "kubernetes",
        `there is no Lease ${namespace}/${name}, so nobody watches runs: the platform stack makes it, \`pulumi refresh\` and \`up\` once more`,
      );
    }
  }

  async replace({ object }: { readonly object: V1Lease }, terms: LeaseTerms) {
    const { namespace, name } = this.#place;
    try {
      const body = { ...object, spec: specOf(object, terms) };
      return held(
        await this.#api.replaceNamespacedLease({ namespace, name, body, fieldManager: "orch" }, this.#request()),
      );
    } catch (error) {
      // The version of the object is the guard: somebody else was first.
      if (httpStatus(error) === 409) return undefined;
      throw failure(error, `renew Lease ${namespace}/${name}`);
    }
  }

  #request() {
    return this.#connection.request({ timeoutMillis: REQUEST_MILLIS });
  }
}

const held = (object: V1Lease) => ({
  object,
  version: object.metadata?.resourceVersion ?? "",
  holder: object.spec?.holderIdentity || undefined,
  durationMillis: (object.spec?.leaseDurationSeconds ?? 0) * 1000,
});

/** Times are for people who look at it: nobody decides by another's clock. */
function specOf({ spec }: V1Lease, { holder, durationMillis }: LeaseTerms): V1Lease["spec"] {
  const now = new V1MicroTime();
  const leaseDurationSeconds = Math.ceil(durationMillis / 1000);
  const leaseTransitions = spec?.leaseTransitions ?? 0;
  if (holder === undefined) return { leaseDurationSeconds: 1, leaseTransitions, renewTime: now };
  if (holder === spec?.holderIdentity) return { ...spec, leaseDurationSeconds, renewTime: now };
  return {
    holderIdentity: holder,
    leaseDurationSeconds,
    leaseTransitions: leaseTransitions + 1,
    acquireTime: now,
    renewTime: now,
  };
}
