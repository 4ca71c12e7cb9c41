/** Java. A constant is what is `static final`, and everything that an interface or an enum lists. */
import type { LanguageRules } from '../languageRules';

export const java: LanguageRules = {
  name: 'Java',
  grammars: { '.java': 'java' },
  query: `
[(line_comment) (block_comment)] @comment
(package_declaration) @header

(import_declaration [(scoped_identifier) (identifier)] @source) @import

(class_declaration name: (identifier) @name body: (_) @body) @class
(record_declaration name: (identifier) @name body: (_) @body) @class
(interface_declaration name: (identifier) @name body: (_) @body) @interface
(annotation_type_declaration name: (identifier) @name body: (_) @body) @interface
(enum_declaration name: (identifier) @name body: (_) @body) @enum
(method_declaration name: (identifier) @name body: (_)? @body) @method
(constructor_declaration name: (identifier) @name body: (_) @body) @method
(compact_constructor_declaration name: (identifier) @name body: (_) @body) @method
(annotation_type_element_declaration name: (identifier) @name) @method
((field_declaration (modifiers "static" "final") declarator: (variable_declarator name: (identifier) @name value: (_)? @value)) @constant)
((field_declaration (modifiers "final" "static") declarator: (variable_declarator name: (identifier) @name value: (_)? @value)) @constant)
(field_declaration declarator: (variable_declarator name: (identifier) @name value: (_)? @value)) @field
(constant_declaration declarator: (variable_declarator name: (identifier) @name value: (_)? @value)) @constant
(enum_constant name: (identifier) @name) @constant
(record_declaration parameters: (formal_parameters (formal_parameter name: (identifier) @name) @field))

[(identifier) (type_identifier)] @use
`,
};
