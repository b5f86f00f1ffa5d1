import type { KubeUser } from './kube-config.ts';

/** The headers for another user (Kubernetes, "User impersonation"); none without `as`. Keys are escaped as by client-go. */
export function impersonationHeaders(user: KubeUser): Record<string, string | string[]> {
  const { impersonateUser, impersonateUid, impersonateGroups, impersonateExtra } = user;
  if (!impersonateUser) return {};
  const extras = Object.entries(impersonateExtra ?? {}).map(([key, values]) => [
    `Impersonate-Extra-${escaped(key)}`,
    values,
  ]);
  return {
    'Impersonate-User': impersonateUser,
    ...(impersonateUid ? { 'Impersonate-Uid': impersonateUid } : {}),
    ...(impersonateGroups?.length ? { 'Impersonate-Group': impersonateGroups } : {}),
    ...Object.fromEntries(extras),
  };
}

/** Encodes each byte that a header name cannot contain, and `%`, as `%XX`. */
function escaped(key: string): string {
  const bytes = [...Buffer.from(key)];
  return bytes
    .map((byte) => {
      const character = String.fromCharCode(byte);
      if (/[!#$&'*+\-.^_`|~0-9A-Za-z]/.test(character)) return character;
      return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}
