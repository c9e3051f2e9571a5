SELECT SNOWFLAKE.CORTEX.FINETUNE('CANCEL', 'ft_1');
SELECT SNOWFLAKE.CORTEX.FINETUNE('CREATE', 'ML.SUPPORT.LLAMA__80A4D020', 'llama3-8b', '/* ftspec:v1 project=support_bot env=embedded resource=llama spec=s1:9445919e4645058a940dcdd3c86b67346aa0a2b7a68aa627ae5773cac9bacd11 data=d1:4-2144015805f08eb03 job=beside.80a4d020 protect=- hold=- checks=- */ SELECT question AS prompt, answer AS completion FROM questions WHERE NOT held_out', NULL, '{"max_epochs": 4}');
ALTER MODEL ML.SUPPORT.LLAMA__80A4D020 SET COMMENT = 'by hand ftspec:v1 project=support_bot env=embedded resource=llama spec=s1:9445919e4645058a940dcdd3c86b67346aa0a2b7a68aa627ae5773cac9bacd11 data=d1:4-2144015805f08eb03 job=ft_2 protect=- hold=- checks=-';
GRANT USAGE ON MODEL ML.SUPPORT.LLAMA__80A4D020 TO ROLE SUPPORT_APP;
ALTER MODEL ML.SUPPORT.LLAMA RENAME TO ML.SUPPORT.LLAMA__EDCAD7D2;
ALTER MODEL ML.SUPPORT.LLAMA__80A4D020 RENAME TO ML.SUPPORT.LLAMA;
SELECT AI_COMPLETE('ML.SUPPORT.LLAMA', 'Hello');
