import { openConnection } from '../kube/connection/connection.ts';
import { StartError } from '../model/start-error.ts';

/** What is wrong with the way to the API server, in a line each, so that it can be told together with other mistakes. */
export async function serverProblems(
  kubeconfigPath: string | undefined,
  environment: NodeJS.ProcessEnv,
): Promise<readonly string[]> {
  if (!kubeconfigPath && !environment.KUBERNETES_SERVICE_HOST) return []; // the missing option is told already
  try {
    const connection = await openConnection({ kubeconfigPath, environment });
    await connection.close();
    return [];
  } catch (error) {
    if (error instanceof StartError) return error.problems;
    throw error;
  }
}
