/** Owns the cluster from `npm run cluster:up` to `npm run cluster:down`, in the background: it ends with this process. */
import { builtKafkaImages, readmeKafka } from '../../kafka/kafka-image.ts';
import { startCluster } from './node.ts';
import { serveOwner } from './owner-socket.ts';
import { projectImages } from './project-images.ts';

const abandoned = () => process.exit(1);

async function main(): Promise<void> {
  let kubeconfigPath: string | undefined;
  const server = await serveOwner({
    where: async () => ({ kubeconfigPath }),
    down: async () => {
      kubeconfigPath = undefined;
      try {
        await (await cluster).stop();
        return {};
      } catch (error) {
        return { error: (error as Error).message };
      } finally {
        server.close();
      }
    },
  });
  const cluster = startCluster({ images: [...projectImages(), ...builtKafkaImages([readmeKafka])] });
  kubeconfigPath = (await cluster).adminKubeconfigPath;
  process.off('disconnect', abandoned);
  process.send?.({ kubeconfigPath });
}

process.once('disconnect', abandoned); // by a `cluster:up` that was cancelled, or was told that nothing comes of it
main().catch((error: Error) => process.send?.({ error: error.message }));
