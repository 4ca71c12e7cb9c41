/** Go. A method belongs to the type of its receiver, wherever it stands. */
import type { LanguageRules } from '../languageRules';

const receiverType = `[
  (type_identifier) @within
  (generic_type type: (type_identifier) @within)
  (pointer_type (type_identifier) @within)
  (pointer_type (generic_type type: (type_identifier) @within))
]`;

export const go: LanguageRules = {
  name: 'Go',
  grammars: { '.go': 'go' },
  query: `
(comment) @comment
(package_clause) @header

(import_declaration) @import
(import_spec path: (_ [(interpreted_string_literal_content) (raw_string_literal_content)] @source))

(function_declaration name: (identifier) @name body: (_)? @body) @function
(method_declaration
  receiver: (parameter_list (parameter_declaration type: ${receiverType}))
  name: (field_identifier) @name body: (_)? @body) @method
(type_spec name: (type_identifier) @name type: (struct_type) @body) @class
(type_spec name: (type_identifier) @name type: (interface_type) @body) @interface
(type_spec name: (type_identifier) @name) @type
(type_alias name: (type_identifier) @name) @type
(field_declaration (field_identifier) @name) @field
(method_elem name: (field_identifier) @name) @method
(const_spec . name: (identifier) @name value: (expression_list . (_) @value .)) @constant.outer
(const_spec (identifier) @name) @constant.outer
(var_spec . name: (identifier) @name value: (expression_list . (_) @value .)) @variable.outer
(var_spec (identifier) @name) @variable.outer

(func_literal body: (_) @locals)

[(identifier) (field_identifier) (type_identifier)] @use
`,
};
