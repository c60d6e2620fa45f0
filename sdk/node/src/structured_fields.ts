/**
 * The part of Structured Field Values (RFC 8941) that message signatures and digests are written in: dictionaries whose
 * members are byte sequences or inner lists of strings, with parameters. Everything else is refused, because a verifier
 * that guesses at what it does not know verifies something else than was signed.
 */

/** A bare item. Tokens keep their own type so that serialising gives back what was parsed. */
export type BareItem = string | number | boolean | Uint8Array | Token;

export class Token {
  constructor(readonly text: string) {}
}

/** Parameters in the order of their appearance (the order is part of what is signed). */
export type Parameters = ReadonlyMap<string, BareItem>;

export interface Item {
  readonly value: BareItem;
  readonly parameters: Parameters;
}

export interface InnerList {
  readonly items: readonly Item[];
  readonly parameters: Parameters;
}

export type Member = Item | InnerList;

/** What is not a structured field of the kinds above. The message names the position, never the content. */
export class StructuredFieldError extends Error {
  override readonly name = 'StructuredFieldError';
}

export function isInnerList(member: Member): member is InnerList {
  return 'items' in member;
}

/** Parses a dictionary. A key that stands twice is refused (RFC 8941 lets the last one win, which hides the first). */
export function parseDictionary(text: string): ReadonlyMap<string, Member> {
  const reader = new Reader(text);
  const members = new Map<string, Member>();
  reader.skip(' ');
  while (!reader.atEnd()) {
    const key = reader.key();
    if (members.has(key)) reader.fail('a member stands twice');
    if (reader.take('=')) {
      members.set(key, reader.peek() === '(' ? reader.innerList() : reader.item());
    } else {
      members.set(key, { value: true, parameters: reader.parameters() });
    }
    reader.skip(' \t');
    if (reader.atEnd()) return members;
    if (!reader.take(',')) reader.fail('expected a comma');
    reader.skip(' \t');
    if (reader.atEnd()) reader.fail('ends with a comma');
  }
  return members;
}

export function serializeParameters(parameters: Parameters): string {
  let text = '';
  for (const [key, value] of parameters) {
    text += value === true ? `;${key}` : `;${key}=${serializeBareItem(value)}`;
  }
  return text;
}

export function serializeItem(item: Item): string {
  return serializeBareItem(item.value) + serializeParameters(item.parameters);
}

export function serializeInnerList(list: InnerList): string {
  return `(${list.items.map(serializeItem).join(' ')})${serializeParameters(list.parameters)}`;
}

export function serializeBareItem(value: BareItem): string {
  if (typeof value === 'string') {
    if (!/^[\x20-\x7e]*$/.test(value)) throw new StructuredFieldError('a string may hold printable ASCII only');
    return `"${value.replace(/[\\"]/g, '\\$&')}"`;
  }
  if (typeof value === 'number') {
    if (!Number.isInteger(value) || Math.abs(value) > 999_999_999_999_999) {
      throw new StructuredFieldError('an integer has at most 15 digits');
    }
    return String(value);
  }
  if (typeof value === 'boolean') return value ? '?1' : '?0';
  if (value instanceof Token) return value.text;
  return `:${Buffer.from(value).toString('base64')}:`;
}

class Reader {
  private position = 0;

  constructor(private readonly text: string) {}

  atEnd(): boolean {
    return this.position >= this.text.length;
  }

  peek(): string {
    return this.text.charAt(this.position);
  }

  take(character: string): boolean {
    if (this.peek() !== character) return false;
    this.position += 1;
    return true;
  }

  skip(characters: string): void {
    while (!this.atEnd() && characters.includes(this.peek())) this.position += 1;
  }

  fail(what: string): never {
    throw new StructuredFieldError(`${what} at character ${this.position}`);
  }

  key(): string {
    return this.match(/[a-z*][a-z0-9_\-.*]*/y, 'expected a key');
  }

  item(): Item {
    return { value: this.bareItem(), parameters: this.parameters() };
  }

  innerList(): InnerList {
    if (!this.take('(')) this.fail('expected "("');
    const items: Item[] = [];
    for (;;) {
      this.skip(' ');
      if (this.take(')')) return { items, parameters: this.parameters() };
      if (this.atEnd()) this.fail('the list is not closed');
      items.push(this.item());
      if (this.peek() !== ' ' && this.peek() !== ')') this.fail('expected a space or ")"');
    }
  }

  parameters(): Parameters {
    const parameters = new Map<string, BareItem>();
    while (this.take(';')) {
      this.skip(' ');
      const key = this.key();
      if (parameters.has(key)) this.fail('a parameter stands twice');
      parameters.set(key, this.take('=') ? this.bareItem() : true);
    }
    return parameters;
  }

  private bareItem(): BareItem {
    switch (this.peek()) {
      case '"':
        return this.match(/"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*"/y, 'expected a string')
          .slice(1, -1)
          .replace(/\\(["\\])/g, '$1');
      case ':': {
        const base64 = this.match(/:[A-Za-z0-9+/]*={0,2}:/y, 'expected a byte sequence').slice(1, -1);
        const bytes = Buffer.from(base64, 'base64');
        if (bytes.toString('base64') !== base64) this.fail('the byte sequence is not canonical base64');
        return bytes;
      }
      case '?':
        return this.match(/\?[01]/y, 'expected a boolean') === '?1';
      default:
        if (/[-0-9]/.test(this.peek())) {
          const digits = this.match(/-?[0-9]{1,15}(?![0-9.])/y, 'expected an integer');
          return Number(digits);
        }
        return new Token(this.match(/[A-Za-z*][A-Za-z0-9!#$%&'*+\-.^_`|~:/]*/y, 'expected an item'));
    }
  }

  private match(pattern: RegExp, complaint: string): string {
    pattern.lastIndex = this.position;
    const found = pattern.exec(this.text);
    if (!found) this.fail(complaint);
    this.position += found[0].length;
    return found[0];
  }
}
