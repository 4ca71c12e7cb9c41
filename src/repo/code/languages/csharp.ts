/** C#. A property is a field whose accessors are its body. */
import type { LanguageRules } from '../languageRules';

const declarator = '(variable_declaration (variable_declarator name: (identifier) @name . (_)? @value))';

export const csharp: LanguageRules = {
  name: 'C#',
  grammars: { '.cs': 'c-sharp', '.csx': 'c-sharp' },
  query: `
(comment) @comment
[(shebang_directive) (preproc_nullable) (file_scoped_namespace_declaration)] @header

(using_directive !name [(qualified_name) (identifier) (alias_qualified_name)] @source) @import
(using_directive name: (_) [(qualified_name) (identifier) (generic_name)] @source .) @import

(namespace_declaration name: (_) @name body: (_) @body) @module
(class_declaration name: (identifier) @name body: (_)? @body) @class
(struct_declaration name: (identifier) @name body: (_)? @body) @class
(record_declaration name: (identifier) @name body: (_)? @body) @class
(interface_declaration name: (identifier) @name body: (_) @body) @interface
(enum_declaration name: (identifier) @name body: (_) @body) @enum
(delegate_declaration name: (identifier) @name) @type
(method_declaration name: (identifier) @name body: (_)? @body) @method
(constructor_declaration name: (identifier) @name body: (_)? @body) @method
(local_function_statement name: (identifier) @name body: (_)? @body) @function
(property_declaration name: (identifier) @name accessors: (_)? @body) @field
(event_declaration name: (identifier) @name accessors: (_)? @body) @field
((field_declaration (modifier) @modifier ${declarator}) @constant (#eq? @modifier "const"))
(field_declaration ${declarator}) @field
(event_field_declaration ${declarator}) @field
(enum_member_declaration name: (identifier) @name value: (_)? @value) @constant
(record_declaration (parameter_list (parameter name: (identifier) @name) @field))

(identifier) @use
`,
};
