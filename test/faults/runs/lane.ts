import { type ControlPlane, startControlPlane } from '../../control-plane/control-plane.ts';
import type { Programs } from '../build.ts';
import { type FaultProxy, startFaultProxy, upstreamOf } from '../proxy/fault-proxy.ts';
import { LimitingDisk } from '../world/limiting-disk.ts';

/** What runs use one after another: a control plane and the proxy before it. Each run has a corner of its own in it. */
export interface Lane {
  readonly controlPlane: ControlPlane;
  readonly proxy: FaultProxy;
  readonly programs: Programs;
  readonly limitingDisk: LimitingDisk;
  close(): Promise<void>;
}

export async function openLane(programs: Programs, kind: ControlPlane['kind'] = 'embedded'): Promise<Lane> {
  const controlPlane = await startControlPlane({ kind });
  const proxy = await startFaultProxy(upstreamOf(controlPlane.adminKubeconfigPath));
  const limitingDisk = new LimitingDisk();
  return {
    controlPlane,
    proxy,
    programs,
    limitingDisk,
    async close() {
      await proxy.stop();
      await controlPlane.stop();
      limitingDisk.remove();
    },
  };
}
