import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Schema {
  $ref?: string;
  properties?: Record<string, Schema>;
  patternProperties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  items?: Schema;
}

const path = join(import.meta.dirname, '../../../charts/hostpath-provisioner/values.schema.json');

/** Each value that the chart's schema allows, such as `storageClasses[].name`. Names that a user chooses are `*`. */
export function chartValueNames(): string[] {
  const schema = JSON.parse(readFileSync(path, 'utf8'));
  const { global: _, ...own } = schema.properties; // Helm's
  return namesIn({ properties: own }, schema.definitions, '').sort();
}

function namesIn(schema: Schema, definitions: Record<string, Schema>, prefix: string): string[] {
  if (schema.$ref !== undefined) {
    const definition = definitions[schema.$ref.replace('#/definitions/', '')];
    if (definition === undefined) throw new Error(`values.schema.json has no ${schema.$ref}`);
    return namesIn(definition, definitions, prefix);
  }
  const { properties = {}, patternProperties = {}, additionalProperties, items } = schema;
  const chosen = [...Object.values(patternProperties), additionalProperties].filter(
    (found) => typeof found === 'object',
  );
  const within = [...Object.entries(properties), ...chosen.map((found) => ['*', found] as const)];
  return [
    ...within.flatMap(([name, found]) => {
      const whole = prefix === '' ? name : `${prefix}.${name}`;
      return [whole, ...namesIn(found, definitions, whole)];
    }),
    ...(items === undefined ? [] : namesIn(items, definitions, `${prefix}[]`)),
  ];
}
