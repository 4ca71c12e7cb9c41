/** TypeScript and JavaScript, with JSX: grammars that share most of their nodes. */
import type { LanguageRules } from '../languageRules';

const functionValue = '[(arrow_function body: (_) @body) (function_expression body: (_) @body) (generator_function body: (_) @body)]';
const takenApart = `[
  (shorthand_property_identifier_pattern) @name @constant.outer
  (pair_pattern value: (identifier) @name @constant.outer)
]`;
const memberName = '[(property_identifier) (private_property_identifier)] @name';

const shared = `
(comment) @comment
(hash_bang_line) @header
(program (expression_statement . (string) .) @header)

(import_statement source: (string (string_fragment) @source)) @import
(export_statement source: (string (string_fragment) @source)) @import
(call_expression function: (identifier) @callee arguments: (arguments . (string (string_fragment) @source)) (#eq? @callee "require"))
(call_expression function: (import) arguments: (arguments . (string (string_fragment) @source)))
((lexical_declaration (variable_declarator value: (call_expression function: (identifier) @callee))) @import (#eq? @callee "require"))
((variable_declaration (variable_declarator value: (call_expression function: (identifier) @callee))) @import (#eq? @callee "require"))

(export_statement decorator: (decorator) declaration: (_) @inner) @wrapper

(function_declaration name: (identifier) @name body: (_) @body) @function
(generator_function_declaration name: (identifier) @name body: (_) @body) @function
(variable_declarator name: (identifier) @name value: ${functionValue}) @function
(variable_declarator name: (identifier) @name value: (class body: (_) @body)) @class
(assignment_expression left: (member_expression property: (property_identifier) @name) right: ${functionValue}) @function.outer
(pair key: (property_identifier) @name value: ${functionValue}) @method.outer
(method_definition name: ${memberName} body: (_) @body) @method
(lexical_declaration kind: "const" (variable_declarator name: (identifier) @name value: (_)? @value) @constant.outer)
(lexical_declaration kind: "const" (variable_declarator name: (object_pattern ${takenApart})))
(variable_declarator name: (identifier) @name value: (_)? @value) @variable.outer

(arrow_function body: (_) @locals)
(function_expression body: (_) @locals)

[(identifier) (property_identifier) (shorthand_property_identifier)] @use
`;

const javascriptOnly = `
(class_declaration name: (identifier) @name body: (_) @body) @class
(field_definition property: ${memberName} value: ${functionValue}) @method
(field_definition property: ${memberName} value: (_)? @value) @field
`;

// Before the shared patterns: \`as const\` after a literal is no part of it.
const typescriptOnly = `
(import_statement (import_require_clause source: (string (string_fragment) @source))) @import

(lexical_declaration kind: "const" (variable_declarator name: (identifier) @name value: (as_expression . (_) @value)) @constant.outer)
(class_body (decorator) @attribute)
(class_declaration name: (type_identifier) @name body: (_) @body) @class
(abstract_class_declaration name: (type_identifier) @name body: (_) @body) @class
(interface_declaration name: (type_identifier) @name body: (_) @body) @interface
(type_alias_declaration name: (type_identifier) @name value: (object_type)? @body) @type
(enum_declaration name: (identifier) @name body: (_) @body) @enum
(enum_assignment name: (property_identifier) @name value: (_) @value) @constant
(enum_body name: (property_identifier) @name @constant)
(internal_module name: [(identifier) (nested_identifier)] @name body: (_) @body) @module
(function_signature name: (identifier) @name) @function
(method_signature name: ${memberName}) @method
(abstract_method_signature name: ${memberName}) @method
(public_field_definition name: ${memberName} value: ${functionValue}) @method
(public_field_definition name: ${memberName} value: (_)? @value) @field
(property_signature name: ${memberName}) @field
(required_parameter (accessibility_modifier) pattern: (identifier) @name) @field

(type_identifier) @use
`;

export const typescript: LanguageRules = {
  name: 'TypeScript',
  grammars: { '.ts': 'typescript', '.mts': 'typescript', '.cts': 'typescript', '.tsx': 'tsx' },
  query: typescriptOnly + shared,
};

export const javascript: LanguageRules = {
  name: 'JavaScript',
  grammars: { '.js': 'javascript', '.mjs': 'javascript', '.cjs': 'javascript', '.jsx': 'javascript' },
  query: shared + javascriptOnly,
};
