import { openConnection } from '../kube/connection/connection.ts';
import { StartError } from '../model/start-error.ts';

/** The problems with the configuration of the API server, in a line each, for a report together with other problems. */
export async function serverProblems(
  kubeconfigPath: string | undefined,
  environment: NodeJS.ProcessEnv,
): Promise<readonly string[]> {
  if (!kubeconfigPath && !environment.KUBERNETES_SERVICE_HOST) return []; // the missing option is reported already
  try {
    const connection = await openConnection({ kubeconfigPath, environment });
    await connection.close();
    return [];
  } catch (error) {
    if (error instanceof StartError) return error.problems;
    throw error;
  }
}
