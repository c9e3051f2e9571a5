SELECT SNOWFLAKE.CORTEX.FINETUNE('CREATE', 'ML.SUPPORT.LLAMA__4A99425F', 'llama3-8b', '/* ftspec:v1 project=support_bot env=embedded resource=llama spec=s1:d1b66b7c8a22de39510de6e3236bd345198395593252839f1b89448f08fab965 data=d1:5-2d46d06de50882887 job=beside.4a99425f protect=- hold=- checks=- */ SELECT question AS prompt, answer AS completion FROM questions WHERE NOT held_out', NULL, '{"max_epochs": 2}');
ALTER MODEL ML.SUPPORT.LLAMA__4A99425F SET COMMENT = 'ftspec:v1 project=support_bot env=embedded resource=llama spec=s1:d1b66b7c8a22de39510de6e3236bd345198395593252839f1b89448f08fab965 data=d1:5-2d46d06de50882887 job=ft_1 protect=- hold=- checks=-';
GRANT USAGE ON MODEL ML.SUPPORT.LLAMA__4A99425F TO ROLE SUPPORT_APP;
ALTER MODEL ML.SUPPORT.LLAMA RENAME TO ML.SUPPORT.LLAMA__EDCAD7D2;
ALTER MODEL ML.SUPPORT.LLAMA__4A99425F RENAME TO ML.SUPPORT.LLAMA;
SELECT AI_COMPLETE('ML.SUPPORT.LLAMA', 'Hello');
