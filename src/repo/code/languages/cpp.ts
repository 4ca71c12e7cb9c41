/**
 * C and C++, and what is written in them for graphics cards, all with the grammar of C++. A declaration without a body
 * counts as a definition: a header is what other files depend on. Declarators nest to any depth; two pointers are
 * followed.
 */
import type { LanguageRules } from '../languageRules';

const endings = ['.c', '.h', '.cc', '.hh', '.cpp', '.hpp', '.cxx', '.hxx', '.inl', '.ipp', '.tpp', '.cu', '.cuh', '.metal', '.cl'];
const scope = 'scope: [(namespace_identifier) @within (template_type name: (type_identifier) @within)]';
const memberName = '[(identifier) (destructor_name) (operator_name) (operator_cast)] @name';

// One list of all ways: tree-sitter overlooks some of them when a list begins with a list.
const pointed = (...inner: string[]) =>
  `[${inner
    .flatMap((each) => [
      each,
      `(pointer_declarator declarator: ${each})`,
      `(pointer_declarator declarator: (pointer_declarator declarator: ${each}))`,
      `(reference_declarator ${each})`,
    ])
    .join(' ')}]`;
const called = (name: string) => pointed(`(function_declarator declarator: ${name})`);
const variable = pointed('(identifier) @name', '(array_declarator declarator: (identifier) @name)');
const field = pointed('(field_identifier) @name', '(array_declarator declarator: (field_identifier) @name)');
const qualifiedMember = `[
  (qualified_identifier ${scope} name: ${memberName})
  (qualified_identifier ${scope} name: (qualified_identifier ${scope} name: ${memberName}))
]`;
const className =
  '[(type_identifier) @name (template_type name: (type_identifier) @name) (qualified_identifier name: (type_identifier) @name)]';
const memberInClass = '[(field_identifier) (identifier) (destructor_name) (operator_name) (operator_cast)] @name';
/** As in `int (*name)(int)`. */
const functionPointer = (name: string) =>
  `(function_declarator declarator: (parenthesized_declarator (pointer_declarator declarator: (${name}) @name)))`;
const unnamedClass = '[(struct_specifier !name body: (_) @body) (union_specifier !name body: (_) @body)]';
const isConstant = '(#any-of? @qualifier "const" "constexpr" "constinit")';

export const cpp: LanguageRules = {
  name: 'C/C++',
  grammars: Object.fromEntries(endings.map((ending) => [ending, 'cpp'])),
  query: `
(comment) @comment
((preproc_call directive: (preproc_directive) @directive) @header (#eq? @directive "#pragma"))

(preproc_include path: (system_lib_string) @source) @import
(preproc_include path: (string_literal (string_content) @source)) @import

(template_declaration (_) @inner .) @wrapper

(function_definition declarator: ${called(qualifiedMember)} body: (_)? @body) @method
(field_declaration_list (function_definition declarator: ${called(memberInClass)} body: (_)? @body) @method)
(field_declaration_list (declaration declarator: ${called(memberName)}) @method)
(function_definition declarator: ${called(memberName)} body: (_)? @body) @function
(declaration declarator: ${called(memberName)}) @function.outer
(field_declaration declarator: ${called('(field_identifier) @name')}) @method
(field_declaration declarator: ${functionPointer('field_identifier')}) @field
(field_declaration declarator: ${field} default_value: (_)? @value) @field

(class_specifier name: ${className} body: (_) @body) @class
(struct_specifier name: ${className} body: (_) @body) @class
(union_specifier name: ${className} body: (_) @body) @class
(enum_specifier name: (type_identifier) @name body: (_) @body) @enum
(enumerator name: (identifier) @name value: (_)? @value) @constant
(namespace_definition name: (_) @name body: (_) @body) @module
(alias_declaration name: (type_identifier) @name) @type
(concept_definition name: (identifier) @name) @type
(type_definition type: ${unnamedClass} declarator: (type_identifier) @name) @class
(type_definition type: (enum_specifier !name body: (_) @body) declarator: (type_identifier) @name) @enum
(type_definition declarator: (type_identifier) @name @type)
(type_definition declarator: ${functionPointer('type_identifier')}) @type

(preproc_def name: (identifier) @name value: (_) @value) @macro
(preproc_function_def name: (identifier) @name value: (_)? @body) @macro

((declaration (type_qualifier) @qualifier declarator: (init_declarator declarator: ${variable} value: (_) @value)) @constant.outer
  ${isConstant})
(declaration declarator: (init_declarator declarator: ${variable} value: (_) @value)) @variable.outer
(declaration declarator: ${variable}) @variable.outer

(lambda_expression body: (_) @locals)

[(identifier) (field_identifier) (type_identifier) (namespace_identifier)] @use
`,
};
