SELECT json_object('edges', json_group_array(json_object('node', json_object(
    'id', 'nna_' || n.id, 'givenNames', n.given_names, 'birthDate', n.birth_date, 'sex', n.sex,
    'protectedAddress', json(iif(n.protected_address, 'true', 'false')),
    'createdAt', replace(n.created_at, ' ', 'T') || '+00:00',
    'family', json((SELECT json_object('folio', f.folio, 'notes', f.notes) FROM family f
      WHERE f.id = n.family_id AND f.commune_code IN (SELECT value FROM json_each(?1)))),
    'alerts', json((SELECT json_object('edges', json_group_array(json_object('node', json_object(
        'id', 'alr_' || a.id, 'kind', a.kind, 'typeCode', a.type_code, 'createdAt', replace(a.created_at, ' ', 'T') || '+00:00'))))
      FROM (SELECT * FROM alert a WHERE a.nna_id = n.id AND a.commune_code IN (SELECT value FROM json_each(?1))
        AND a.data_class IN ('BASIC', 'CONTACT', 'IDENTITY', 'HEALTH', 'JUDICIAL', 'THERAPY', 'RISK', 'AGGREGATE')
        ORDER BY a.created_at DESC, a.id DESC LIMIT 5) a))))))
FROM (SELECT * FROM nna n WHERE n.commune_code IN (SELECT value FROM json_each(?1))
  ORDER BY n.name_sort, n.id LIMIT 50) n
