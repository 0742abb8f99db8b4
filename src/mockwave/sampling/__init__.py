"""Valid requests for the operations of a document, made from its bare tree, for load tests and for judging mocks."""
