const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** A duration as kubectl shows an age (k8s.io/apimachinery, util/duration `HumanDuration`). @param ms milliseconds */
export function humanDuration(ms: number): string {
  if (ms < 0) return '0s';
  const whole = (unit: number) => Math.floor(ms / unit);
  const withRest = (unit: number, name: string, smaller: number, smallerName: string): string => {
    const rest = Math.floor((ms % unit) / smaller);
    return rest === 0 ? `${whole(unit)}${name}` : `${whole(unit)}${name}${rest}${smallerName}`;
  };
  if (ms < 2 * minute) return `${whole(second)}s`;
  if (ms < 10 * minute) return withRest(minute, 'm', second, 's');
  if (ms < 3 * hour) return `${whole(minute)}m`;
  if (ms < 8 * hour) return withRest(hour, 'h', minute, 'm');
  if (ms < 2 * day) return `${whole(hour)}h`;
  if (ms < 8 * day) return withRest(day, 'd', hour, 'h');
  if (ms < 2 * 365 * day) return `${whole(day)}d`;
  if (ms < 8 * 365 * day) return withRest(365 * day, 'y', day, 'd');
  return `${whole(365 * day)}y`;
}
