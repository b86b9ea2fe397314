SELECT json_build_object('edges', coalesce(json_agg(json_build_object('node', j)), '[]'))::text FROM (
  SELECT row_to_json(x) AS j FROM (
    SELECT 'nna_' || replace(n.id::text, '-', '') AS id, n.given_names AS "givenNames", n.birth_date AS "birthDate",
      n.sex, n.protected_address AS "protectedAddress",
      to_char(n.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') || '+00:00' AS "createdAt",
      (SELECT row_to_json(y) FROM (SELECT f.folio, f.notes FROM family f WHERE f.id = n.family_id
        AND f.commune_code IN (SELECT json_array_elements_text($1::json))) y) AS family,
      (SELECT json_build_object('edges', coalesce(json_agg(json_build_object('node', z)), '[]')) FROM (
        SELECT 'alr_' || replace(a.id::text, '-', '') AS id, a.kind, a.type_code AS "typeCode",
          to_char(a.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') || '+00:00' AS "createdAt"
        FROM alert a WHERE a.nna_id = n.id AND a.commune_code IN (SELECT json_array_elements_text($1::json))
          AND a.data_class IN ('BASIC', 'CONTACT', 'IDENTITY', 'HEALTH', 'JUDICIAL', 'THERAPY', 'RISK', 'AGGREGATE')
        ORDER BY a.created_at DESC, a.id DESC LIMIT 5) z) AS alerts
    FROM nna n WHERE n.commune_code IN (SELECT json_array_elements_text($1::json))
    ORDER BY n.name_sort, n.id LIMIT 50) x) q
