/** Rust. What stands in an `impl` belongs to the type it is for; `mod name;` imports a file. */
import type { LanguageRules } from '../languageRules';

const implementedType = `[
  (type_identifier) @scope.name
  (generic_type type: (type_identifier) @scope.name)
  (scoped_type_identifier name: (type_identifier) @scope.name)
]`;
const method = '(function_item name: (identifier) @name body: (_) @body) @method';
const methodSignature = '(function_signature_item name: (identifier) @name) @method';

export const rust: LanguageRules = {
  name: 'Rust',
  grammars: { '.rs': 'rust' },
  query: `
[(line_comment) (block_comment)] @comment
[(shebang) (inner_attribute_item)] @header
(attribute_item) @attribute

(use_declaration argument: (_) @source) @import
(extern_crate_declaration name: (identifier) @source) @import
(mod_item name: (identifier) @source !body) @import

(impl_item type: ${implementedType} body: (_) @body) @scope

(impl_item body: (declaration_list ${method}))
(trait_item body: (declaration_list [${method} ${methodSignature}]))
(function_item name: (identifier) @name body: (_) @body) @function
(function_signature_item name: (identifier) @name) @function
(struct_item name: (type_identifier) @name body: (_)? @body) @class
(union_item name: (type_identifier) @name body: (_) @body) @class
(enum_item name: (type_identifier) @name body: (_) @body) @enum
(enum_variant name: (identifier) @name value: (_)? @value) @constant
(trait_item name: (type_identifier) @name body: (_) @body) @interface
(type_item name: (type_identifier) @name) @type
(associated_type name: (type_identifier) @name) @type
(const_item name: (identifier) @name value: (_)? @value) @constant.outer
(static_item name: (identifier) @name value: (_)? @value) @variable.outer
(field_declaration name: (field_identifier) @name) @field
(mod_item name: (identifier) @name body: (_) @body) @module
(macro_definition name: (identifier) @name . (macro_rule) @body) @macro

(closure_expression body: (_) @locals)

[(identifier) (type_identifier) (field_identifier) (shorthand_field_identifier)] @use
`,
};
