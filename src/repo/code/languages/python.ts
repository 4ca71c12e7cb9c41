/** Python. A name in capitals is a constant; there is no other way to say so. */
import type { LanguageRules } from '../languageRules';

const method = '(function_definition name: (identifier) @name body: (_) @body) @method';

export const python: LanguageRules = {
  name: 'Python',
  grammars: { '.py': 'python', '.pyi': 'python', '.pyw': 'python' },
  query: `
(comment) @comment
(module (expression_statement (string)) @header)
(block . (expression_statement (string) .) @docstring)

(import_statement name: [(dotted_name) @source (aliased_import name: (dotted_name) @source)]) @import
(import_from_statement module_name: (_) @source) @import
(future_import_statement) @import

(decorated_definition definition: (_) @inner) @wrapper

(class_definition name: (identifier) @name body: (_) @body) @class
(class_definition body: (block [${method} (decorated_definition definition: ${method})]))
(function_definition name: (identifier) @name body: (_) @body) @function
(expression_statement (assignment left: (identifier) @name right: (lambda body: (_) @body))) @function.outer
((expression_statement (assignment left: (identifier) @name right: (_) @value)) @constant.outer (#match? @name "^[A-Z][A-Z0-9_]*$"))
(class_definition body: (block (expression_statement (assignment left: (identifier) @name right: (_)? @value)) @field))
(module (expression_statement (assignment left: (identifier) @name right: (_)? @value)) @variable)
(type_alias_statement left: (type (identifier) @name)) @type

(lambda body: (_) @locals)

(identifier) @use
`,
};
