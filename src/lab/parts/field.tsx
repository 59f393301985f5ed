/** One field of the experiment file as a control: which one follows from its schema. */
import { useId } from 'preact/hooks';
import { lastTime, STATISTIC_NAMES } from '../../problem/index.ts';
import { aboutOf } from '../state/about.ts';
import { experiment, fieldOf, raw, setField } from '../state/experiment.ts';
import { alternativeOf, alternatives, kindOf, labelOf, type Schema, schemaAt, wordOf } from '../state/fields.ts';
import { getAt, pathText } from '../state/paths.ts';
import { Numbers, Numeric } from './fieldnumber.tsx';
import { Caption, errorAt, FieldError, type FieldProps, type TypedProps, valueAt } from './fieldparts.tsx';

export function Field({ path, isShort = false }: FieldProps) {
  const schema = schemaAt(path, raw.value);
  if (!schema) return null;
  const all = alternatives(schema);
  if (all.length > 1 || kindOf(all[0]) !== undefined) return <Choice path={path} schema={schema} isShort={isShort} />;
  if (schema.enum) return <Words path={path} schema={schema} />;
  if (schema.type === 'boolean') return <Flag path={path} schema={schema} />;
  if (schema.items?.enum) return <Several path={path} schema={schema} />;
  if (schema.type === 'array') return <Numbers path={path} schema={schema} />;
  if (schema.type === 'object') return <Optional path={path} schema={schema} />;
  if (schema.type === 'string') return <Text path={path} schema={schema} />;
  return <Numeric path={path} schema={schema} />;
}

/** Statistics that a field may name: the built-in ones and the file's own. */
function statisticNames(): string[] {
  const own = fieldOf(['statistics']);
  const names = Array.isArray(own) ? own.map((entry) => getAt(entry, ['name'])) : [];
  return [...STATISTIC_NAMES, ...names.filter((name) => typeof name === 'string')];
}

function Text({ path, schema }: TypedProps) {
  const name = pathText(path);
  const id = useId();
  const error = errorAt(name, true);
  const offered = path.at(-1) === 'statistic' ? statisticNames() : [];
  return (
    <div class="field wide">
      <label for={id}>
        <Caption label={labelOf(name)} />
      </label>
      <input
        id={id}
        data-path={name}
        type="text"
        autocomplete="off"
        spellcheck={false}
        value={String(valueAt(path, schema) ?? '')}
        {...aboutOf(name, schema)}
        aria-invalid={error !== null}
        aria-describedby={error === null ? undefined : `${id}-error`}
        list={offered.length > 0 ? `${id}-offered` : undefined}
        onInput={(event) => setField(path, event.currentTarget.value)}
      />
      {offered.length > 0 && (
        <datalist id={`${id}-offered`}>
          {offered.map((one) => (
            <option value={one} key={one} />
          ))}
        </datalist>
      )}
      <FieldError id={`${id}-error`} message={error} />
    </div>
  );
}

/** What a required field of a new object begins with; the reader sets it next. */
function firstValue(key: string, schema: Schema): unknown {
  if (schema.default !== undefined) return schema.default;
  if (key === 'times') return [experiment.value ? lastTime(experiment.value) : 1];
  if (schema.prefixItems) return schema.prefixItems[0].type === 'string' ? ['risk', 'curvature'] : [-1, 2];
  if (schema.type === 'array') return [];
  if (schema.type === 'string') return 'risk';
  return schema.exclusiveMinimum === undefined ? Math.max(0, schema.minimum ?? 0) : schema.exclusiveMinimum + 0.01;
}

/** A new object of a schema: its kind, and whatever it cannot be without. */
export function newObject({ properties = {}, required = [] }: Schema): Record<string, unknown> {
  return Object.fromEntries(required.map((key) => [key, properties[key].const ?? firstValue(key, properties[key])]));
}

function Flag({ path, schema }: TypedProps) {
  const error = errorAt(pathText(path), true);
  return (
    <>
      <label class="check">
        <input
          type="checkbox"
          {...aboutOf(pathText(path), schema)}
          data-path={pathText(path)}
          checked={valueAt(path, schema) === true}
          onChange={(event) => setField(path, event.currentTarget.checked)}
        />
        <Caption label={labelOf(pathText(path))} />
      </label>
      {error !== null && <p class="field-error">{error}</p>}
    </>
  );
}

/** Some of a few words. */
function Several({ path, schema }: TypedProps) {
  const name = pathText(path);
  const value = valueAt(path, schema);
  const chosen = Array.isArray(value) ? value : [];
  const error = errorAt(name, true);
  return (
    <fieldset class="several" data-path={name} {...aboutOf(name, schema)}>
      <legend>
        <Caption label={labelOf(name)} />
      </legend>
      {schema.items!.enum!.map((word) => (
        <label class="check" key={word}>
          <input
            type="checkbox"
            checked={chosen.includes(word)}
            onChange={(event) =>
              setField(path, event.currentTarget.checked ? [...chosen, word] : chosen.filter((one) => one !== word))
            }
          />
          {wordOf(name, word)}
        </label>
      ))}
      {error !== null && <p class="field-error">{error}</p>}
    </fieldset>
  );
}

/** An object that may be absent: a switch, and its fields while it is there. */
function Optional({ path, schema }: TypedProps) {
  const name = pathText(path);
  const isThere = fieldOf(path) !== undefined;
  const properties = schema.properties ?? {};
  const error = errorAt(name, false);
  return (
    <div class="choice">
      <label class="check">
        <input
          type="checkbox"
          {...aboutOf(name, schema)}
          data-path={name}
          checked={isThere}
          onChange={(event) => setField(path, event.currentTarget.checked ? newObject(schema) : undefined)}
        />
        <Caption label={labelOf(name)} />
      </label>
      {error !== null && <p class="field-error">{error}</p>}
      {isThere && Object.keys(properties).map((key) => <Field path={[...path, key]} key={key} />)}
    </div>
  );
}

function Words({ path, schema }: TypedProps) {
  const name = pathText(path);
  const id = useId();
  const error = errorAt(name, true);
  const found = valueAt(path, schema);
  const value = found === undefined ? '' : String(found);
  return (
    <div class="field">
      <label for={id}>
        <Caption label={labelOf(name)} />
      </label>
      <select
        id={id}
        data-path={name}
        {...aboutOf(name, schema)}
        value={value}
        aria-invalid={error !== null}
        onChange={(event) => setField(path, event.currentTarget.value || undefined)}
      >
        {schema.default === undefined && <option value="">none</option>}
        {value !== '' && !schema.enum!.includes(value) && <option value={value}>{value}</option>}
        {schema.enum!.map((word) => (
          <option value={word} key={word}>
            {wordOf(name, word)}
          </option>
        ))}
      </select>
      <FieldError id={`${id}-error`} message={error} />
    </div>
  );
}

/** Stands for a plain number among alternatives that have a kind. */
const PLAIN = 'constant';

/** A union: which alternative, and below it the alternative's own fields. */
function Choice({ path, schema, isShort }: TypedProps) {
  const name = pathText(path);
  const id = useId();
  const value = valueAt(path, schema);
  const all = alternatives(schema);
  const here = alternativeOf(schema, value);
  // A word that is also a kind stands once.
  const names = [...new Set(all.flatMap((one) => one.enum ?? [kindOf(one) ?? PLAIN]))];
  const selected = here === undefined ? '' : here.enum ? String(value) : (kindOf(here) ?? PLAIN);
  const isPlain = here !== undefined && kindOf(here) === undefined && here.type === 'number';
  const isOptional = schema.default === undefined && (value === undefined || here !== undefined);
  // A plain number has its own control below, which says what is wrong with it.
  const error = isPlain ? null : (errorAt(name, false) ?? errorAt(`${name}.kind`, false));
  const pick = (word: string) => {
    const one =
      all.find((candidate) => !candidate.enum && (kindOf(candidate) ?? PLAIN) === word) ??
      all.find((candidate) => candidate.enum?.includes(word));
    if (!one) return setField(path, undefined);
    setField(path, one.enum ? word : kindOf(one) === undefined ? (schema.default ?? 1) : newObject(one));
  };
  const inner = here?.properties ? Object.keys(here.properties).filter((key) => key !== 'kind') : [];
  if (isPlain && isShort) return <Numeric path={path} schema={{ ...here, default: schema.default }} />;
  return (
    <div class="choice">
      <div class="field">
        <label for={id}>
          <Caption label={labelOf(name)} />
        </label>
        <select
          id={id}
          data-path={name}
          value={selected}
          {...aboutOf(name, here ?? schema)}
          aria-invalid={error !== null}
          aria-describedby={error === null ? undefined : `${id}-error`}
          onChange={(event) => pick(event.currentTarget.value)}
        >
          {isOptional && <option value="">none</option>}
          {!isOptional && selected === '' && <option value="">not one of these</option>}
          {names.map((word) => (
            <option value={word} key={word}>
              {wordOf(name, word)}
            </option>
          ))}
        </select>
        <FieldError id={`${id}-error`} message={error} />
      </div>
      {isPlain && <Numeric path={path} schema={{ ...here, default: schema.default }} word="value" />}
      {inner.map((key) => (
        <Field path={[...path, key]} key={`${selected}.${key}`} />
      ))}
    </div>
  );
}
