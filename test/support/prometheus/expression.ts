import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';

/** Labels by metric. */
export type Series = ReadonlyMap<string, ReadonlySet<string>>;

export interface ReadExpression {
  /** Labels that each series of the answer may have; none for a number. */
  labels: ReadonlySet<string>;
  /** What makes it fail or return nothing: a line each. */
  problems: string[];
}

/** Reads an expression of PromQL as Prometheus would evaluate it on these series, and follows their labels through it. */
export function readExpression(text: string, series: Series): ReadExpression {
  const reader = new Reader(text, series);
  const labels = reader.read(parser.parse(text).topNode);
  return { labels, problems: reader.problems };
}

const none: ReadonlySet<string> = new Set();
const modifiers = new Set(['MatchingModifierClause', 'BoolModifier', 'AggregateModifier', 'AggregateOp']);
/** They choose among series and leave their labels. */
const choosing = new Set(['topk', 'bottomk']);

class Reader {
  readonly problems: string[] = [];
  readonly #text: string;
  readonly #series: Series;

  constructor(text: string, series: Series) {
    this.#text = text;
    this.#series = series;
  }

  read(node: SyntaxNode): ReadonlySet<string> {
    if (node.type.isError) this.problems.push(`is no PromQL at "${this.#text.slice(node.from, node.from + 20)}"`);
    switch (node.name) {
      case 'VectorSelector':
        return this.#selector(node);
      case 'AggregateExpr':
        return this.#aggregation(node);
      case 'BinaryExpr':
        return this.#operation(node);
      case 'FunctionCall':
        return this.#call(node);
      default: {
        const inner = childrenOf(node).map((child) => this.read(child));
        return inner.find(({ size }) => size > 0) ?? none;
      }
    }
  }

  #selector(node: SyntaxNode): ReadonlySet<string> {
    const metric = this.#of(node.getChild('Identifier'));
    const labels = this.#series.get(metric);
    if (labels === undefined) {
      this.problems.push(`nothing serves ${metric}`);
      return none;
    }
    const matchers = node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? [];
    this.#demand(
      matchers.map((matcher) => this.#of(matcher.getChild('LabelName'))),
      labels,
      metric,
    );
    return labels;
  }

  #aggregation(node: SyntaxNode): ReadonlySet<string> {
    const modifier = node.getChild('AggregateModifier');
    const body = node.getChild('FunctionCallBody');
    const labels = body === null ? none : this.read(body);
    if (modifier === null) return choosing.has(this.#of(node.getChild('AggregateOp'))) ? labels : none;
    const named = this.#labelsIn(modifier.getChild('GroupingLabels'));
    this.#demand(named, labels, this.#of(body));
    return modifier.getChild('By') ? new Set(named) : without(labels, named);
  }

  #operation(node: SyntaxNode): ReadonlySet<string> {
    const operands = childrenOf(node).filter((child) => !modifiers.has(child.name) && !isOperator(child));
    const [left = none, right = none] = operands.map((operand) => this.read(operand));
    const clause = node.getChild('MatchingModifierClause');
    const [matching = [], taken = []] = (clause?.getChildren('GroupingLabels') ?? []).map((found) =>
      this.#labelsIn(found),
    );
    if (clause !== null) {
      for (const side of [left, right]) this.#demand(matching, side, this.#of(node));
      this.#demand(taken, right, this.#of(operands[1] ?? null));
    } else if (operands.every((operand) => !isNumber(operand)) && node.getChild('Or') === null) {
      const unlike = [...without(left, right), ...without(right, left)];
      if (unlike.length > 0) this.problems.push(`${this.#of(node)} joins series that differ in ${unlike.join(', ')}`);
    }
    if (left.size === 0) return right;
    if (node.getChild('Or')) return new Set([...left, ...right]);
    return new Set([...left, ...taken]);
  }

  #call(node: SyntaxNode): ReadonlySet<string> {
    const body = node.getChild('FunctionCallBody');
    const labels = body === null ? none : this.read(body);
    const [name] = this.#of(node).split('(');
    if (name === 'histogram_quantile') {
      this.#demand(['le'], labels, this.#of(body));
      return without(labels, ['le']);
    }
    if (name !== 'label_replace') return labels;
    const [written = '', , source = ''] = (body?.getChildren('StringLiteral') ?? []).map((text) =>
      this.#of(text).slice(1, -1),
    );
    this.#demand([source], labels, this.#of(body));
    return new Set([...labels, written]);
  }

  #demand(named: readonly string[], labels: ReadonlySet<string>, where: string): void {
    const missing = named.filter((label) => !labels.has(label));
    if (missing.length > 0) this.problems.push(`${where} has no label ${missing.join(', ')}`);
  }

  #labelsIn(node: SyntaxNode | null): string[] {
    return (node?.getChildren('LabelName') ?? []).map((label) => this.#of(label));
  }

  #of(node: SyntaxNode | null): string {
    return node === null ? '' : this.#text.slice(node.from, node.to).replaceAll(/\s+/g, ' ');
  }
}

function without(labels: ReadonlySet<string>, others: Iterable<string>): ReadonlySet<string> {
  const gone = new Set(others);
  return new Set([...labels].filter((label) => !gone.has(label)));
}

function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) children.push(child);
  return children;
}

/** Operators are leaves with names such as `Div` and `And`. */
const isOperator = (node: SyntaxNode): boolean =>
  node.firstChild === null && !/Literal$|Selector$/.test(node.name) && !node.type.isError;

const isNumber = (node: SyntaxNode): boolean => {
  if (node.name === 'NumberDurationLiteral') return true;
  return (
    node.name === 'BinaryExpr' &&
    childrenOf(node)
      .filter((child) => !isOperator(child))
      .every(isNumber)
  );
};
