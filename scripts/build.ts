/** Bundles the daemon into dist/hostpath-provisioner.mjs, and the plugin of kubectl beside it. */
import { bundleDaemon, bundlePlugin } from './bundle.ts';

await bundleDaemon({ outfile: 'dist/hostpath-provisioner.mjs' });
await bundlePlugin({ outfile: 'dist/kubectl-hostpath_provisioner' });
