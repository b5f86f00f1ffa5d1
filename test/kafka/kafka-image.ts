import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { makeUnlessCurrent } from '../../scripts/stamped-file.ts';
import { type ArchivedImage, busyboxImage, writeImage } from '../control-plane/real/image.ts';
import { notInstalled } from '../control-plane/real/prerequisites.ts';

export type KafkaVersion = '3.9.1' | '4.1.1';

const buildPath = resolve(import.meta.dirname, '../../.build');
const jdkPath = `/usr/lib/jvm/java-17-openjdk-${{ x64: 'amd64', arm64: 'arm64' }[process.arch as string]}`;
const copyDependencies = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
const javaModules = 'java.se,jdk.crypto.ec,jdk.management,jdk.net,jdk.security.auth,jdk.unsupported,jdk.zipfs';
const javaInImage = '/opt/java';

/** What is missing for making the images, in sentences that say how to get it. */
export const missingForKafka = (): string[] =>
  notInstalled({ mvn: 'maven', [`${jdkPath}/bin/jlink`]: 'openjdk-17-jdk-headless' });

/** Images that hold what docs/kafka.md asks for: Java, a shell, and the libraries of Kafka from Maven Central. */
export async function kafkaImages(versions: readonly KafkaVersion[]): Promise<ArchivedImage[]> {
  const images = [];
  for (const version of versions) images.push(await kafkaImage(version));
  return images;
}

async function kafkaImage(version: KafkaVersion): Promise<ArchivedImage> {
  const pomPath = join(import.meta.dirname, `images/kafka-${version}.xml`);
  const archivePath = join(buildPath, `kafka-${version}.tar`);
  await makeUnlessCurrent(archivePath, stampOf(pomPath), (unfinishedPath) => build(version, pomPath, unfinishedPath));
  return { archivePath };
}

/** Changes whenever the image would. */
function stampOf(pomPath: string): string {
  const hash = createHash('sha256');
  for (const path of [pomPath, import.meta.filename, join(jdkPath, 'release')]) hash.update(readFileSync(path));
  return hash.digest('hex');
}

function build(version: KafkaVersion, pomPath: string, tarPath: string): void {
  console.log(`making the image of Kafka ${version}`);
  const work = mkdtempSync(join(buildPath, 'kafka-'));
  try {
    const librariesPath = join(work, 'libs');
    run('mvn', ['--batch-mode', '--quiet', '-f', pomPath, copyDependencies, `-DoutputDirectory=${librariesPath}`]);
    const javaPath = join(work, 'java');
    const lean = ['--strip-java-debug-attributes', '--no-header-files', '--no-man-pages'];
    run(join(jdkPath, 'bin/jlink'), ['--add-modules', javaModules, ...lean, '--output', javaPath]);

    const name = `docker.io/library/kafka-from-maven:${version}`;
    const busybox = busyboxImage(name);
    writeImage(
      {
        ...busybox,
        moreNames: [`docker.io/apache/kafka:${version}`], // as the shipped manifests have it, so that they run as they are
        files: {
          ...busybox.files,
          ...filesBelow(librariesPath, '/opt/kafka/libs'),
          ...filesBelow(javaPath, javaInImage),
          ...Object.fromEntries(systemLibraries(javaPath).map((path) => [path, path])),
        },
        links: { ...busybox.links, '/bin/java': `${javaInImage}/bin/java` },
      },
      tarPath,
    );
  } finally {
    rmSync(work, { recursive: true });
  }
}

function run(program: string, args: string[]): string {
  return execFileSync(program, args, {
    encoding: 'utf8',
    env: { ...process.env, JAVA_HOME: jdkPath },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Path in the image → path on this machine. */
function filesBelow(root: string, inImage: string): Record<string, string> {
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => statSync(join(root, name)).isFile());
  return Object.fromEntries(files.map((name) => [join(inImage, name), join(root, name)]));
}

/** What the programs of `root` need of the system: the dynamic loader, and the libraries that it would load. */
function systemLibraries(root: string): string[] {
  const objects = Object.values(filesBelow(root, '/')).filter((path) => /\.so$|\/bin\/java$/.test(path));
  const paths = [...run('ldd', objects).matchAll(/^\s+(?:\S+ => )?(\/\S+) \(0x/gm)].map(([, path = '']) => path);
  return [...new Set(paths)].filter((path) => !path.startsWith(root));
}
