GRANT USAGE ON DATABASE ML TO ROLE ML_ENGINEER;
GRANT CREATE MODEL, CREATE TABLE, USAGE ON SCHEMA ML.SUPPORT TO ROLE ML_ENGINEER;
GRANT SELECT ON TABLE ML.SUPPORT.QUESTIONS TO ROLE ML_ENGINEER;
GRANT SELECT ON VIEW ML.SUPPORT.ANSWERED TO ROLE ML_ENGINEER;
SELECT SNOWFLAKE.CORTEX.FINETUNE('CREATE', 'ML.SUPPORT.MY_SUPER_LLAMA', 'llama3-8b', '/* ftspec:v1 project=support_bot env=embedded resource=my_super_llama spec=s1:be5d345d058402e3154e50964f3c04c4cd88d3c0086cdbf6f3bbd09195b9037f data=d1:5-22dd9ac27035c4771 job=- protect=- hold=- checks=- */ SELECT question AS prompt, answer AS completion
FROM answered', 'SELECT QUESTION AS PROMPT, ANSWER AS COMPLETION FROM ML.SUPPORT.QUESTIONS WHERE held_out', '{"max_epochs": 2}');
ALTER MODEL ML.SUPPORT.MY_SUPER_LLAMA SET COMMENT = 'Answers our customers'' questions ftspec:v1 project=support_bot env=embedded resource=my_super_llama spec=s1:be5d345d058402e3154e50964f3c04c4cd88d3c0086cdbf6f3bbd09195b9037f data=d1:5-22dd9ac27035c4771 job=ft_1 protect=- hold=- checks=-';
