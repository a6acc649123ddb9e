-- Who asks the city for a move: a few people, told apart by their facts alone, so that the pages of
-- requests need not read everybody's.
CREATE INDEX person_asks ON person (ward, sort_key, document)
    WHERE json_type(facts, '$.requests') IS NOT NULL;
