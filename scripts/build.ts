/** Bundles the daemon into dist/hostpath-provisioner.mjs. */
import { bundleDaemon } from './bundle.ts';

await bundleDaemon({ outfile: 'dist/hostpath-provisioner.mjs' });
