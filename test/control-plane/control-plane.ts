/** The one interface behind which the embedded and the real control plane stand, so that a suite takes either. */

export interface ControlPlaneOptions {
  /**
   * Whether claims and volumes are bound and released, as kube-controller-manager's persistent volume binder does.
   * Without it, a test that presets the provisioner annotation measures the provisioner alone. Default: true.
   */
  binder?: boolean;
}

export interface ControlPlane {
  readonly kind: 'embedded' | 'real';
  /** The minor version of Kubernetes that it is, or is like, such as `1.37`. */
  readonly kubernetesVersion: string;
  /** Address of the API server, such as `https://127.0.0.1:41234`. Loopback only. */
  readonly server: string;
  /** Path of a kubeconfig file whose user may do anything (group `system:masters`). */
  readonly adminKubeconfigPath: string;
  /** Ends everything that was started and removes its files. Safe to call twice. */
  stop(): Promise<void>;
}

/** Starts the control plane that the environment variable CONTROL_PLANE names: `embedded` (default) or `real`. */
export async function startControlPlane(
  options: ControlPlaneOptions & { kind?: ControlPlane['kind'] } = {},
): Promise<ControlPlane> {
  const kind = options.kind ?? process.env.CONTROL_PLANE ?? 'embedded';
  switch (kind) {
    case 'embedded':
      return (await import('./embedded/embedded.ts')).startEmbedded(options);
    case 'real':
      return (await import('./real/real.ts')).startReal(options);
    default:
      throw new Error(`CONTROL_PLANE is "${kind}": use "embedded" or "real"`);
  }
}
