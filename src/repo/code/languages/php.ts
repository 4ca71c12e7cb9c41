/** PHP. Names of variables are counted without their `$`, as properties are used. */
import type { LanguageRules } from '../languageRules';

const included = '[(string (string_content) @source) (binary_expression right: (string (string_content) @source))]';
const anyInclude = ['include', 'include_once', 'require', 'require_once'].map((kind) => `(${kind}_expression ${included})`).join(' ');

export const php: LanguageRules = {
  name: 'PHP',
  grammars: { '.php': 'php', '.phtml': 'php' },
  query: `
(comment) @comment
[(php_tag) (declare_statement) (namespace_definition !body)] @header

(namespace_use_declaration (namespace_use_clause . [(qualified_name) (name)] @source)) @import
(namespace_use_declaration (namespace_name) @source) @import
(program (expression_statement [${anyInclude}]) @import)

(namespace_definition name: (_) @name body: (_) @body) @module
(class_declaration name: (name) @name body: (_) @body) @class
(trait_declaration name: (name) @name body: (_) @body) @class
(interface_declaration name: (name) @name body: (_) @body) @interface
(enum_declaration name: (name) @name body: (_) @body) @enum
(function_definition name: (name) @name body: (_) @body) @function
(method_declaration name: (name) @name body: (_)? @body) @method
(const_declaration (const_element . (name) @name . (_) @value)) @constant
((function_call_expression
    function: (name) @callee
    arguments: (arguments . (argument (string (string_content) @name)) . (argument (_) @value))) @constant
  (#eq? @callee "define"))
(enum_case name: (name) @name value: (_)? @value) @constant
(property_declaration (property_element name: (variable_name (name) @name) default_value: (_)? @value)) @field
(property_promotion_parameter name: (variable_name (name) @name)) @field
(program (expression_statement (assignment_expression left: (variable_name (name) @name) right: (_) @value)) @variable)

(name) @use
`,
};
