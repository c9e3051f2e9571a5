SELECT SNOWFLAKE.CORTEX.FINETUNE('CREATE', 'ML.SUPPORT.LLAMA', 'llama3-8b', '/* ftspec:v1 project=support_bot env=embedded resource=llama spec=s1:d1b66b7c8a22de39510de6e3236bd345198395593252839f1b89448f08fab965 data=d1:4-2144015805f08eb03 job=- protect=- hold=- checks=- */ SELECT question AS prompt, answer AS completion FROM questions WHERE NOT held_out', NULL, '{"max_epochs": 2}');
GRANT USAGE ON DATABASE ML TO ROLE SUPPORT_APP;
GRANT USAGE ON SCHEMA ML.SUPPORT TO ROLE SUPPORT_APP;
ALTER MODEL ML.SUPPORT.LLAMA SET COMMENT = 'ftspec:v1 project=support_bot env=embedded resource=llama spec=s1:d1b66b7c8a22de39510de6e3236bd345198395593252839f1b89448f08fab965 data=d1:4-2144015805f08eb03 job=ft_1 protect=- hold=- checks=-';
GRANT USAGE ON MODEL ML.SUPPORT.LLAMA TO ROLE SUPPORT_APP;
